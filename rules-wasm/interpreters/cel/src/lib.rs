//! The interpreter of packs in YAML and CEL as a component: conversion only, no logic.

rulebox_text::interpreter!(rulebox_cel);
