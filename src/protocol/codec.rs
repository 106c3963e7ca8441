//! Messages as bytes (`postcard`). A message that does not decode is an error, never a panic: the other side may be a stale
//! cached file of another build.

use serde::{Serialize, de::DeserializeOwned};

/// Why a message could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message between the page and its worker could not be read ({0}); reload the page to get matching files")]
pub struct CodecError(String);

/// The bytes of a message.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, CodecError> {
    postcard::to_stdvec(message).map_err(|error| CodecError(error.to_string()))
}

/// The message in some bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    postcard::from_bytes(bytes).map_err(|error| CodecError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::protocol::{Command, Event, RunConfig};

    #[test]
    fn a_command_round_trips_and_noise_is_an_error() {
        let command = Command::Run(RunConfig::default());
        assert_eq!(decode::<Command>(&encode(&command).unwrap()).unwrap(), command);
        assert!(decode::<Event>(&[250, 1, 2]).is_err());
        assert!(decode::<Event>(&[]).is_err());
    }
}
