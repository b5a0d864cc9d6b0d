"""What the batch and the fast backend share: where the speech to text REST API lives, and how it puts things."""
