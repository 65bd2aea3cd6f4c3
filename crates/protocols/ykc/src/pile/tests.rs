//! The simulated pile against a platform that says what the test makes it say. Frames are taken
//! apart by hand here, so that the codec is not checked against itself.

mod bring_up;
mod charging;
mod management;
mod quirks;
mod rig;
