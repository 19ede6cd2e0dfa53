// Loaded before anything else: these keep state of their own, and are broken by being linked first from two places
// at once, which is what a test file's parallel imports would do.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
import 'jose';
