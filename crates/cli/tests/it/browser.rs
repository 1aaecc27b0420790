//! (browser)
