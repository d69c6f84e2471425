"""`make train-demo`: all stages of training on the tiny model, on a CPU."""
