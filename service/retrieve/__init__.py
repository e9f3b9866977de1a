"""Questions to passages: dense and lexical candidates, fused, live, all different."""
