"""What the notes say of a layer, a network and a step."""
