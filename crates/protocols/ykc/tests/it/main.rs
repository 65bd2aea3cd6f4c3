//! The codec against captures and documents, in both directions and under any chunking.

mod corpus;
mod properties;
mod splitting;
mod vector_files;
