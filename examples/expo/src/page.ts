/** A phone takes the direction from the device's language, if `app.json` names it: see the plugin expo-localization there. */
export {};
