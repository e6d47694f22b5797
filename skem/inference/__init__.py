"""What an estimate is worth: the number of groups, and how far chance moves a fit."""
