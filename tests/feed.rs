//! Feeds to follow: which addresses they may be at, how they are polled, what becomes of
//! their items.

mod addresses;
mod limits;
mod polling;
mod site;
