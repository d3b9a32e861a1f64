//! Decompresses streams, within the memory that the limits allow.

use std::{
    error::Error,
    io::{self, BufRead, BufReader, Read},
};

use liblzma::stream::{CONCATENATED, Error as LzmaError, Stream};

use super::sniff::Magic;
use crate::limits::Limits;

/// What comes out of a compressed stream.
pub(super) fn decoder<'r>(
    magic: Magic,
    reader: impl Read + 'r,
    limits: &Limits,
) -> io::Result<Box<dyn Read + 'r>> {
    let most = limits.dictionary_bytes;
    // What the decoder itself needs beside its dictionary.
    let memory = most.saturating_add(1 << 20);
    let inner: Box<dyn Read + 'r> = match magic {
        Magic::Gzip => return Ok(Box::new(flate2::read::MultiGzDecoder::new(reader))),
        Magic::Bzip2 => return Ok(Box::new(bzip2::read::MultiBzDecoder::new(reader))),
        Magic::Xz => lzma(reader, Stream::new_stream_decoder(memory, CONCATENATED)?),
        Magic::Lzma => lzma(reader, Stream::new_lzma_decoder(memory)?),
        Magic::Lzip => lzma(reader, Stream::new_lzip_decoder(memory, CONCATENATED)?),
        _ => {
            let mut decoder = zstd::stream::read::Decoder::new(reader)?;
            decoder.window_log_max(most.checked_ilog2().unwrap_or(0).clamp(10, 31))?;
            Box::new(decoder)
        }
    };
    Ok(Box::new(Small { inner, most }))
}

fn lzma<'r>(reader: impl Read + 'r, stream: Stream) -> Box<dyn Read + 'r> {
    let reader = BufReader::new(reader);
    Box::new(Whole(liblzma::bufread::XzDecoder::new_stream(reader, stream)))
}

/// Fails if anything follows the compressed stream: it would be passed over.
struct Whole<R: BufRead>(liblzma::bufread::XzDecoder<R>);

impl<R: BufRead> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(buffer)?;
        if n == 0 && !buffer.is_empty() && !self.0.get_mut().fill_buf()?.is_empty() {
            let reason = "what follows the compressed stream is not compressed like it";
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        Ok(n)
    }
}

/// Says it in words if a stream needs a larger dictionary than is allowed.
struct Small<R> {
    inner: R,
    most: u64,
}

impl<R: Read> Read for Small<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            let inner = error.get_ref().map(|it| it as &(dyn Error + 'static));
            let lzma = inner.and_then(|it| it.downcast_ref::<LzmaError>());
            // zstd gives its errors as words only.
            let large = matches!(lzma, Some(LzmaError::MemLimit))
                || error.to_string().contains("requires too much memory");
            if !large {
                return error;
            }
            let most = self.most;
            io::Error::other(format!(
                "it needs a dictionary of more than {most} bytes to be decompressed: decompress it \
                 (`xz -d FILE`, `zstd -d --long=31 FILE`) and check what comes out"
            ))
        })
    }
}
