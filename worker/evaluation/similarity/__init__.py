"""How near the model's reasoning is to the annotator's, by a language model that lies here."""
