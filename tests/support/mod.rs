//! What the tests of several files share; each uses a part of it.
#![allow(dead_code, missing_docs)]

pub mod claim;
pub mod embedder;
pub mod model;
pub mod program;
pub mod server;
