"""Pictures: tables and arrays in, figures and payloads out; no file is read here."""
