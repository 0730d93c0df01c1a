# A LIVE activity can be halted; before it goes on the gate is asked again (A2, W1, W6).

specialist PauseActivity {"name": "${activity}", "reason": "The sound failed."}
  answer paused
  expect {"state": "STATE_PAUSED"}
  say ${specialist:title} pauses the activity: “${paused.stateReason}” | ${specialist:title}暫停活動：「${paused.stateReason}」
manager ResumeActivity {"name": "${activity}"}
  expect {"state": "STATE_LIVE"}
  say ${manager:title} resumes it; the gate was checked again. | ${manager:title}恢復活動；關卡已重新檢查。
