//! The pile alone, against what the document says of piles.

mod charges;
mod codec;
mod forms;
mod manners;
mod quirks;
