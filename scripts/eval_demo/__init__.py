"""`make eval-demo`: the evaluation from a labelled set to reports, on real parts."""
