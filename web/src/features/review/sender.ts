/** Loaded by the app when something waits on this device: verdicts that an earlier page left are sent. */
import './decisions'
