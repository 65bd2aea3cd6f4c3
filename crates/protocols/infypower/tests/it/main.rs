//! The codec against captures and documents, in both directions and under any chunking.

mod corpus;
mod link;
mod pair;
mod properties;
mod splitting;
mod vector_files;
