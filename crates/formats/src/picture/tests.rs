//! Pictures made here: a page of stripes, in each kind and coding.

use super::*;
