"""What a language model tells of creators from their public text: five kinds of question, at a known price and a known quality."""
