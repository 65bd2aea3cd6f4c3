//! Tests of the source itself; they live in `tests/`. Nothing here runs in the product.
