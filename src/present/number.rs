//! Numbers that somebody wrote. Natively the standard library reads them; its tables weigh 12 kB, and every browser has its own, so
//! that the page puts the browser's reader in its place.

use std::sync::OnceLock;

/// Reads a decimal number to the nearest double; not a number for what is none.
pub type Reader = fn(&str) -> f64;

static READER: OnceLock<Reader> = OnceLock::new();

/// Has numbers read by `reader` from now on; the first one stays.
pub fn read_with(reader: Reader) {
    let _ = READER.set(reader);
}

/// A finite decimal number such as `-12.5` or `1e-3`, without spaces.
pub fn read(text: &str) -> Option<f64> {
    let is_decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let reader = READER.get().copied().unwrap_or(built_in);
    Some(text).filter(|_| is_decimal).map(reader).filter(|number| number.is_finite())
}

#[cfg(not(target_arch = "wasm32"))]
fn built_in(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// The page has said who reads before anything is read.
#[cfg(target_arch = "wasm32")]
fn built_in(_: &str) -> f64 {
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn only_finite_decimals_are_numbers() {
        for (text, number) in
            [("12.5", 12.5), ("-1e-3", -0.001), (".5", 0.5), ("5.", 5.0), ("+7", 7.0), ("1E3", 1000.0)]
        {
            assert_eq!(read(text), Some(number), "{text}");
        }
        for text in ["", " 1", "1,5", "inf", "NaN", "1e400", "0x10", "--1", ".", "e5", "1e", "Infinity"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
