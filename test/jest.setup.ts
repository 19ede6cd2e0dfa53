// These modules must be loaded first: a test file's parallel imports would link them from two places at once, which fails.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
import 'jose';
