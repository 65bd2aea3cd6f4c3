//! The codec against captures and documents, in both directions and under any chunking.

mod properties;
mod splitting;
mod vector_files;
