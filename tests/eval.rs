//! The evaluation as a whole: the golden set asked of the real pipeline with a scripted
//! model that knows the gold.

mod golden;
mod planted;
mod runs;
