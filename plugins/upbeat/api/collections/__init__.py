"""Collections: posts, creators, hashtags or keywords whose figures are followed."""
