//! Outlines of objects in JSON.
