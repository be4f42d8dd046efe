//! What the tests of several files share.

pub mod claim;
pub mod embedder;
pub mod model;
pub mod program;
pub mod server;
