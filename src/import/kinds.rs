//! What a file really is, by its first bytes: names lie. Text is what remains.

use super::problem::ImportError;

/// Bytes that are looked at.
pub const HEAD_BYTES: usize = 4_096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Text,
    Parquet,
}

impl FileKind {
    pub fn is_parquet(self) -> bool {
        self == Self::Parquet
    }
}

const AS_CSV: &str = "Open it in its program and save the table as CSV.";
const UNPACK: &str = "Unpack it and choose the CSV or Parquet file inside.";

/// First bytes, what they are a sign of, what to do.
const SIGNS: [(&[u8], &str, &str); 15] = [
    (b"%PDF", "a PDF document", "Export the data as CSV where the document was made."),
    (b"\x89PNG", "a PNG picture", "Choose the file with the data."),
    (b"\xFF\xD8\xFF", "a JPEG picture", "Choose the file with the data."),
    (b"GIF8", "a GIF picture", "Choose the file with the data."),
    (b"\xD0\xCF\x11\xE0", "an old Excel workbook (XLS)", AS_CSV),
    (b"\x1F\x8B", "a gzip archive", UNPACK),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\x28\xB5\x2F\xFD", "a Zstandard archive", UNPACK),
    (b"7z\xBC\xAF", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"ARROW1", "an Arrow IPC file", "Save the table as Parquet or CSV."),
    (b"ORC", "an ORC file", "Save the table as Parquet or CSV."),
    (b"Obj\x01", "an Avro file", "Save the table as Parquet or CSV."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV."),
    (b"{\\rtf", "a Rich Text document", AS_CSV),
];

/// The kind of a file that holds data, or why it holds none.
pub fn of_data(head: &[u8], n_bytes: u64) -> Result<FileKind, ImportError> {
    if n_bytes == 0 {
        return Err(ImportError::Empty);
    }
    if head.starts_with(b"PAR1") {
        return Ok(FileKind::Parquet);
    }
    if head.starts_with(b"PARE") {
        return Err(ImportError::OtherKind {
            what: "an encrypted Parquet file",
            remedy: "Write it without encryption.",
        });
    }
    let other = |what, remedy| Err(ImportError::OtherKind { what, remedy });
    if head.starts_with(b"PK\x03\x04") {
        let names = |needle: &[u8]| head.windows(needle.len()).any(|window| window == needle);
        return if names(b"xl/") || names(b"[Content_Types].xml") {
            other("an Excel workbook (XLSX)", AS_CSV)
        } else if names(b"opendocument") {
            other("an OpenDocument file", AS_CSV)
        } else {
            other("a ZIP archive", UNPACK)
        };
    }
    if let Some((_, what, remedy)) = SIGNS.iter().find(|(sign, ..)| head.starts_with(sign)) {
        return other(what, remedy);
    }
    let text: Vec<u8> = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take(16)
        .map(|byte| byte.to_ascii_lowercase())
        .collect();
    if text.starts_with(b"<!doctype html") || text.starts_with(b"<html") || text.starts_with(b"<head") {
        return other("a web page", "Download the data itself; the link may need you to sign in.");
    }
    if text.starts_with(b"<?xml") {
        return other("an XML file", AS_CSV);
    }
    if text.starts_with(b"{") || text.starts_with(b"[{") || text.starts_with(b"[[") {
        return other("a JSON file", "Save the table as CSV or Parquet.");
    }
    Ok(FileKind::Text)
}
