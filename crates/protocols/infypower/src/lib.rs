//! infypower.
