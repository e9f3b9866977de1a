"""An optional model that judges answers, only when named."""
