//! Outlines of objects in block YAML.
