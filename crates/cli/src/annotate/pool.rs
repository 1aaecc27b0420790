//! Work in input order on several threads, with a bound on what is under way.
//!
//! The calling thread writes; one thread reads the input and hands numbered pieces to the workers;
//! each piece has a channel of its own for its results, and the channels are drained in input order.
//! A worker far ahead waits, so that a slow piece never makes the others pile up.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A piece of input with a weight in bytes.
pub(crate) trait Piece: Send {
    fn weight(&self) -> usize;
}

// Bytes of input under way at once; one larger piece goes alone.
const UNDER_WAY: usize = 64 << 20;
// Results of a piece that may wait for its turn.
const WAITING: usize = 16;

/// Runs `work` on each piece of `input` on `jobs` threads and gives the results to `write`, in input
/// order. `worker` makes the work of one thread, with what it reuses. With one job everything
/// happens on the calling thread. Stops at the first error of reading or writing.
pub(crate) fn ordered<P: Piece, R: Send, E: Send, W>(
    jobs: usize,
    mut input: impl FnMut() -> Result<Option<P>, E> + Send,
    worker: impl Fn() -> W + Sync,
    mut write: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    W: FnMut(P, &mut dyn FnMut(R)),
{
    if jobs <= 1 {
        let mut work = worker();
        let mut broken = None;
        while let Some(piece) = input()? {
            work(piece, &mut |r| {
                if broken.is_none() {
                    broken = write(r).err();
                }
            });
            if let Some(e) = broken {
                return Err(e);
            }
        }
        return Ok(());
    }
    let gate = Gate::default();
    std::thread::scope(|scope| {
        let (turns_in, turns) = sync_channel::<Result<Receiver<R>, E>>(jobs * 4);
        let (pieces_in, pieces) = sync_channel::<(P, SyncSender<R>)>(jobs);
        let pieces = Arc::new(Mutex::new(pieces));
        for _ in 0..jobs {
            let (pieces, worker, gate) = (Arc::clone(&pieces), &worker, &gate);
            scope.spawn(move || {
                let mut work = worker();
                while let Some((piece, results)) = next(&pieces) {
                    let weight = piece.weight();
                    // A closed channel: the output is gone and everybody is ending.
                    work(piece, &mut |r| drop(results.send(r)));
                    gate.leave(weight);
                }
            });
        }
        drop(pieces);
        let gate = &gate;
        scope.spawn(move || {
            loop {
                let piece = match input() {
                    Ok(Some(piece)) => piece,
                    Ok(None) => return,
                    Err(e) => return drop(turns_in.send(Err(e))),
                };
                gate.enter(piece.weight());
                let (results_in, results) = sync_channel(WAITING);
                if turns_in.send(Ok(results)).is_err()
                    || pieces_in.send((piece, results_in)).is_err()
                {
                    return;
                }
            }
        });
        let done = drain(&turns, &mut write);
        // Whoever still sends learns that nobody reads.
        drop(turns);
        gate.open();
        done
    })
}

fn drain<R, E>(
    turns: &Receiver<Result<Receiver<R>, E>>,
    write: &mut impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    for results in turns {
        for result in results? {
            write(result)?;
        }
    }
    Ok(())
}

fn next<T>(pieces: &Mutex<Receiver<T>>) -> Option<T> {
    pieces.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

// Lets pieces in while there is room.
#[derive(Default)]
struct Gate {
    state: Mutex<(usize, bool)>,
    room: Condvar,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, (usize, bool)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, weight: usize) {
        let wait =
            |s: &mut (usize, bool)| !s.1 && s.0 > 0 && s.0.saturating_add(weight) > UNDER_WAY;
        let mut state =
            self.room.wait_while(self.state(), wait).unwrap_or_else(PoisonError::into_inner);
        state.0 = state.0.saturating_add(weight);
    }

    fn leave(&self, weight: usize) {
        let mut state = self.state();
        state.0 = state.0.saturating_sub(weight);
        self.room.notify_all();
    }

    // Nobody waits any more.
    fn open(&self) {
        self.state().1 = true;
        self.room.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Piece for usize {
        fn weight(&self) -> usize {
            UNDER_WAY / 2 * (self % 3)
        }
    }

    fn run(jobs: usize, pieces: usize, fail_at: Option<usize>) -> Result<Vec<usize>, usize> {
        let mut given = 0..pieces;
        let mut out = Vec::new();
        ordered(
            jobs,
            || Ok(given.next()),
            || {
                |piece: usize, give: &mut dyn FnMut(usize)| {
                    // More results than may wait, for some.
                    for i in 0..(piece * 7) % 40 {
                        give(piece * 100 + i);
                    }
                }
            },
            |r| {
                out.push(r);
                if fail_at == Some(out.len()) { Err(r) } else { Ok(()) }
            },
        )?;
        Ok(out)
    }

    #[test]
    fn results_come_in_input_order_whatever_the_jobs() {
        let one = run(1, 200, None).unwrap();
        assert_eq!(one.len(), (0..200).map(|p| (p * 7) % 40).sum::<usize>());
        for jobs in [2, 3, 8] {
            assert_eq!(run(jobs, 200, None).unwrap(), one);
        }
    }

    #[test]
    fn an_error_ends_everybody() {
        for jobs in [1, 2, 4] {
            assert!(run(jobs, 500, Some(300)).is_err());
        }
    }

    #[test]
    fn a_broken_input_is_told_after_what_was_read() {
        for jobs in [1, 3] {
            let mut n = 0;
            let mut out = Vec::new();
            let done = ordered(
                jobs,
                || {
                    n += 1;
                    if n > 5 { Err("input") } else { Ok(Some(n)) }
                },
                || |piece: usize, give: &mut dyn FnMut(usize)| give(piece),
                |r| {
                    out.push(r);
                    Ok(())
                },
            );
            assert_eq!((done, out), (Err("input"), vec![1, 2, 3, 4, 5]));
        }
    }
}
