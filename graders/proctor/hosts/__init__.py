"""Hosts as the proctor sees them: started, watched, ended; and the turns."""
