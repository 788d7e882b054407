#!/usr/bin/env node
import "./first-process.js";
import "../dist/main.js";
