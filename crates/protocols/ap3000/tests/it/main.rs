//! The codec against its vectors, the link by itself, and both sides against each other.

mod corpus;
mod duties;
mod link;
mod pair;
mod properties;
mod splitting;
mod vector_files;
