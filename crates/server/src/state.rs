//! What every handler shares.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use relu_desk::Desk;
use tokio::sync::watch;

use crate::limiter::Limiter;
use crate::memory::Memory;
use crate::{DemoAccount, ServerSettings};

/// Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The shared parts.
pub struct Shared {
    pub(crate) desk: Desk,
    pub(crate) secure_cookies: bool,
    pub(crate) demo_sign_in: Vec<DemoAccount>,
    pub(crate) max_file_bytes: u64,
    pub(crate) by_address: Limiter,
    pub(crate) by_login: Limiter,
    pub(crate) memory: Memory,
    pub(crate) closing: watch::Receiver<bool>,
}

impl App {
    pub(crate) fn new(
        desk: Desk,
        settings: &ServerSettings,
        closing: watch::Receiver<bool>,
    ) -> App {
        App(Arc::new(Shared {
            desk,
            secure_cookies: settings.secure_cookies,
            demo_sign_in: settings.demo_sign_in.clone(),
            max_file_bytes: settings.max_file_bytes,
            // A practice shares one address: the address bucket is the wider one.
            by_address: Limiter::new(20, Duration::from_secs(3)),
            by_login: Limiter::new(6, Duration::from_secs(20)),
            memory: Memory::default(),
            closing,
        }))
    }
}

impl Deref for App {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}
