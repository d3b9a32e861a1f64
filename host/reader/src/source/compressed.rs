//! Decompresses streams, within the memory that the limits allow.

use std::{
    error::Error,
    io::{self, BufRead, BufReader, Read},
};

use bzip2::bufread::BzDecoder;
use liblzma::stream::{CONCATENATED, Error as LzmaError, Stream};

use super::sniff::Magic;
use crate::limits::{Limits, MAX_STREAMS};

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
        Magic::Gzip => Box::new(flate2::read::MultiGzDecoder::new(reader)),
        Magic::Bzip2 => Box::new(Streams::new(BufReader::new(reader))),
        Magic::Xz => lzma(reader, Stream::new_stream_decoder(memory, CONCATENATED)?),
        Magic::Lzma => lzma(reader, Stream::new_lzma_decoder(memory)?),
        Magic::Lzip => lzma(reader, Stream::new_lzip_decoder(memory, CONCATENATED)?),
        _ => {
            let mut decoder = zstd::stream::read::Decoder::new(reader)?;
            decoder.window_log_max(most.checked_ilog2().unwrap_or(0).clamp(10, 31))?;
            Box::new(decoder)
        }
    };
    Ok(Box::new(Steps(Small { inner, most })))
}

fn lzma<'r>(reader: impl Read + 'r, stream: Stream) -> Box<dyn Read + 'r> {
    let reader = BufReader::new(reader);
    Box::new(Whole(liblzma::bufread::XzDecoder::new_stream(reader, stream)))
}

/// Reads in small steps. A decoder that fails hands over nothing of what it has decoded in that
/// step.
pub(super) struct Steps<R>(pub(super) R);

impl<R: Read> Read for Steps<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        /// Large enough that a step costs little compared with decoding so much.
        const STEP: usize = 4 << 10;
        let most = buffer.len().min(STEP);
        self.0.read(&mut buffer[..most])
    }
}

/// The streams of bzip2 behind each other, as pbzip2 writes them. Each takes a new decoder.
struct Streams<R: BufRead> {
    /// None after an error.
    decoder: Option<BzDecoder<R>>,
    /// How many were begun, and the bytes that came out of them.
    begun: u64,
    bytes: u64,
}

impl<R: BufRead> Streams<R> {
    fn new(reader: R) -> Self {
        Self { decoder: Some(BzDecoder::new(reader)), begun: 1, bytes: 0 }
    }
}

impl<R: BufRead> Read for Streams<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        /// For so many bytes that come out, one more stream may begin.
        const BYTES: u64 = 1 << 10;
        while let Some(decoder) = &mut self.decoder {
            let read = decoder.read(buffer)?;
            self.bytes += read as u64;
            if read > 0 || buffer.is_empty() || decoder.get_mut().fill_buf()?.is_empty() {
                return Ok(read);
            }
            if self.begun >= MAX_STREAMS + self.bytes / BYTES {
                self.decoder = None;
                return Err(io::Error::other(format!(
                    "more than {MAX_STREAMS} compressed streams behind each other that hold \
                     little: decompress it (`bzip2 -d FILE`) and check what comes out"
                )));
            }
            self.begun += 1;
            self.decoder = self.decoder.take().map(|it| BzDecoder::new(it.into_inner()));
        }
        Ok(0)
    }
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
