//! Reads a stream ahead, on another thread.

use std::{
    io::{self, Read},
    sync::mpsc,
    thread,
};

use crate::text::buffer::fill;

/// Opens a stream on another thread, which reads ahead, and calls `read` with it.
pub(super) fn ahead<'s, R: Read + 's>(
    open: impl FnOnce() -> io::Result<R> + Send + 's,
    read: impl FnOnce(&mut dyn Read),
) {
    /// Large enough that passing it on costs nothing compared with decompressing it.
    const BLOCK: usize = 256 << 10;
    /// Blocks that may wait: 16 MiB, so that decompression goes on while a long document is parsed.
    const BLOCKS: usize = 64;
    let (send, receive) = mpsc::sync_channel::<io::Result<Block>>(BLOCKS);
    let (give_back, emptied) = mpsc::channel::<Vec<u8>>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut stream = match open() {
                Ok(stream) => stream,
                Err(error) => {
                    let _ = send.send(Err(error));
                    return;
                }
            };
            loop {
                let mut bytes = emptied.try_recv().unwrap_or_default();
                bytes.resize(BLOCK, 0);
                let (held, result) = fill(&mut stream, &mut bytes);
                // The receiver is gone if the reader has stopped early.
                let heard = send.send(Ok(Block { bytes, held, at: 0 })).is_ok();
                if let Err(error) = result {
                    let _ = send.send(Err(error));
                    return;
                }
                if held < BLOCK || !heard {
                    return;
                }
            }
        });
        read(&mut Ahead { receive, give_back, block: Block::default() });
    });
}

/// Bytes that were read ahead, and how many of them have been consumed.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    held: usize,
    at: usize,
}

/// The receiving end of [`ahead`].
struct Ahead {
    receive: mpsc::Receiver<io::Result<Block>>,
    /// Returns consumed blocks, to be filled again.
    give_back: mpsc::Sender<Vec<u8>>,
    block: Block,
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.block.at == self.block.held && !buffer.is_empty() {
            let next = match self.receive.recv() {
                Ok(block) => block?,
                Err(mpsc::RecvError) => return Ok(0),
            };
            let taken = std::mem::replace(&mut self.block, next);
            // The sender is gone after the end of the stream.
            let _ = self.give_back.send(taken.bytes);
        }
        let Block { bytes, held, at } = &mut self.block;
        let read = (&bytes[*at..*held]).read(buffer)?;
        *at += read;
        Ok(read)
    }
}
