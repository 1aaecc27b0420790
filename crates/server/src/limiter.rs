//! A token bucket for sign-in: a few tries at once, then one every few seconds, counted per address
//! and per sign-in name. Names are kept as given, in memory, and never logged.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many buckets are kept; full ones are dropped first.
const MOST_BUCKETS: usize = 20_000;

/// Buckets of one kind.
pub struct Limiter {
    burst: f64,
    refill: Duration,
    buckets: Mutex<HashMap<String, (f64, Instant)>>,
}

impl Limiter {
    /// `burst` tries at once, then one every `refill`.
    pub fn new(burst: u32, refill: Duration) -> Limiter {
        Limiter { burst: burst.into(), refill, buckets: Mutex::default() }
    }

    /// Takes a try; when there is none left, how long to wait for the next.
    pub fn take(&self, key: &str, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(key) {
            buckets.retain(|_, bucket| self.level(*bucket, now) < self.burst);
            if buckets.len() >= MOST_BUCKETS {
                // Every bucket is in use: somebody is trying many names. Hold everyone new back.
                return Err(self.refill);
            }
        }
        let bucket = buckets.entry(key.to_owned()).or_insert((self.burst, now));
        let level = self.level(*bucket, now);
        if level >= 1.0 {
            *bucket = (level - 1.0, now);
            Ok(())
        } else {
            *bucket = (level, now);
            Err(self.refill.mul_f64(1.0 - level))
        }
    }

    /// Gives the tries back after a success.
    pub fn forgive(&self, key: &str) {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn level(&self, (tokens, at): (f64, Instant), now: Instant) -> f64 {
        let gained = now.saturating_duration_since(at).as_secs_f64() / self.refill.as_secs_f64();
        (tokens + gained).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_at_a_time() {
        let limiter = Limiter::new(3, Duration::from_secs(10));
        let start = Instant::now();
        for _ in 0..3 {
            assert!(limiter.take("a", start).is_ok());
        }
        let wait = limiter.take("a", start).unwrap_err();
        assert!(wait > Duration::from_secs(9) && wait <= Duration::from_secs(10));
        assert!(limiter.take("b", start).is_ok());
        assert!(limiter.take("a", start + Duration::from_secs(11)).is_ok());
        assert!(limiter.take("a", start + Duration::from_secs(11)).is_err());
        limiter.forgive("a");
        assert!(limiter.take("a", start + Duration::from_secs(11)).is_ok());
    }
}
