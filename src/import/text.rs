//! Bytes of a text file as UTF-8, piece by piece: byte-order marks, UTF-16, Windows-1252. What claims to be UTF-8 is passed on as
//! it is; a cell that is not is rejected where it stands.

use super::problem::ImportError;
use crate::protocol::Encoding;

/// The characters of bytes 0x80 … 0x9F in Windows-1252; the rest is Latin-1.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// The encoding of a file by its beginning and further samples, and whether it is text at all.
pub fn detect(head: &[u8], samples: &[Vec<u8>]) -> Result<Encoding, ImportError> {
    if head.starts_with(b"\xFF\xFE") {
        return Ok(Encoding::Utf16LittleEndian);
    }
    if head.starts_with(b"\xFE\xFF") {
        return Ok(Encoding::Utf16BigEndian);
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let half = head.len() / 2;
    if half >= 4 && zeros(1) * 10 > half * 7 && zeros(0) * 10 < half {
        return Ok(Encoding::Utf16LittleEndian);
    }
    if half >= 4 && zeros(0) * 10 > half * 7 && zeros(1) * 10 < half {
        return Ok(Encoding::Utf16BigEndian);
    }
    if head.contains(&0) || samples.iter().any(|sample| sample.contains(&0)) {
        return Err(ImportError::Binary);
    }
    let all_utf8 = is_utf8(head) && samples.iter().all(|sample| is_utf8(sample));
    Ok(if all_utf8 { Encoding::Utf8 } else { Encoding::Windows1252 })
}

/// True for UTF-8 that may begin and end within a character.
fn is_utf8(bytes: &[u8]) -> bool {
    let begin = bytes.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
    match std::str::from_utf8(&bytes[begin..]) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// Turns consecutive pieces of a file into UTF-8.
pub struct Decoder {
    encoding: Encoding,
    at_start: bool,
    /// Bytes of a unit, or of a surrogate pair, that continues in the next piece.
    held: Vec<u8>,
}

impl Decoder {
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, at_start: true, held: Vec::new() }
    }

    /// The text of the next piece.
    pub fn decode(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let at_start = std::mem::take(&mut self.at_start);
        match self.encoding {
            Encoding::Utf8 if at_start && bytes.starts_with(b"\xEF\xBB\xBF") => bytes[3..].to_vec(),
            Encoding::Utf8 => bytes,
            Encoding::Windows1252 if bytes.is_ascii() => bytes,
            Encoding::Windows1252 => {
                let character = |&byte: &u8| match byte {
                    0x80..=0x9F => WINDOWS_1252[usize::from(byte - 0x80)],
                    _ => char::from(byte),
                };
                bytes.iter().map(character).collect::<String>().into_bytes()
            }
            Encoding::Utf16LittleEndian => self.utf16(&bytes, at_start, u16::from_le_bytes),
            Encoding::Utf16BigEndian => self.utf16(&bytes, at_start, u16::from_be_bytes),
        }
    }

    fn utf16(&mut self, bytes: &[u8], at_start: bool, unit: fn([u8; 2]) -> u16) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let mut n_whole = all.len() / 2 * 2;
        // A high surrogate waits for its partner.
        if n_whole >= 2 && (0xD800..0xDC00).contains(&unit([all[n_whole - 2], all[n_whole - 1]])) {
            n_whole -= 2;
        }
        self.held = all.split_off(n_whole);
        let units = all.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        let text: String = text.skip_while(|c| at_start && *c == '\u{FEFF}').collect();
        // A first piece too short for a character leaves the start to the next one.
        self.at_start = at_start && n_whole == 0;
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, detect};
    use crate::import::ImportError;
    use crate::protocol::Encoding;

    fn decoded(encoding: Encoding, bytes: &[u8], piece: usize) -> String {
        let mut decoder = Decoder::new(encoding);
        let text = bytes.chunks(piece).flat_map(|piece| decoder.decode(piece.to_vec())).collect();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn every_encoding_is_told_and_read_in_pieces_of_any_size() {
        let text = "Straße;10,50 €;𝄞\n";
        let utf16: Vec<u8> = "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let utf16_be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for piece in 1..9 {
            assert_eq!(decoded(Encoding::Utf16LittleEndian, &utf16, piece), text);
            assert_eq!(decoded(Encoding::Utf16BigEndian, &utf16_be, piece), text);
            assert_eq!(decoded(Encoding::Windows1252, b"Stra\xDFe \x80", piece), "Straße €");
        }
        assert_eq!(detect(&utf16, &[]), Ok(Encoding::Utf16LittleEndian));
        let ascii: Vec<u8> = "date;amount\n1;2\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(detect(&ascii, &[]), Ok(Encoding::Utf16BigEndian));
        assert_eq!(detect("Straße".as_bytes(), &["ße".as_bytes()[1..].to_vec()]), Ok(Encoding::Utf8));
        assert_eq!(detect(b"Stra\xDFe", &[]), Ok(Encoding::Windows1252));
        assert_eq!(detect(b"a\0b,c,d,e", &[]), Err(ImportError::Binary));
        assert_eq!(decoded(Encoding::Utf8, b"\xEF\xBB\xBFa", 9), "a");
    }
}
