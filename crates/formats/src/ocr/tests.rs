//! Merging answers into a reading.

use super::*;
