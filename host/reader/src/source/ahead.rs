//! A stream that is read ahead on another thread.

use std::{
    io::{self, Read},
    sync::mpsc,
    thread,
};

use crate::text::buffer::fill;

/// Reads from a stream that is read ahead on another thread.
pub(super) fn ahead<'s, R: Read + 's>(
    open: impl FnOnce() -> io::Result<R> + Send + 's,
    read: impl FnOnce(&mut dyn Read),
) {
    /// Large enough that handing it over costs nothing beside decompressing it.
    const BLOCK: usize = 256 << 10;
    /// So many blocks may wait: 16 MiB, so that whoever decompresses need not wait for a list to be read that must be held
    /// whole.
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
                // Nobody listens any more where the reader has seen enough.
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

/// Bytes that have been read ahead, and how many of them have been taken.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    held: usize,
    at: usize,
}

/// The end of [`ahead`] that is read.
struct Ahead {
    receive: mpsc::Receiver<io::Result<Block>>,
    /// For blocks that have been taken whole: they are filled again.
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
            // After the end nobody fills it.
            let _ = self.give_back.send(taken.bytes);
        }
        let Block { bytes, held, at } = &mut self.block;
        let read = (&bytes[*at..*held]).read(buffer)?;
        *at += read;
        Ok(read)
    }
}
