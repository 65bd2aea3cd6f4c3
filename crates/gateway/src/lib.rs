//! TCP listeners, protocol detection, connection tasks: drives links and hands their events to the app.
