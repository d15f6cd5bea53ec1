/**
 * What the services are told that this client runs on (CS-02): some operations are offered on the PC only. A narrow window of a PC
 * is a PC; the browser inside an app of a phone is a phone.
 */
export const device: 'pc' | 'phone' = /Mobi|Android|iPhone|iPad|HarmonyOS|DingTalk-Mobile/i.test(navigator.userAgent)
  ? 'phone'
  : 'pc'
