"""The commands. Each reads its words, calls a room, and turns failures into exit codes."""
