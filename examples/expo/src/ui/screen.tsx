import { NavigationContext } from '@react-navigation/native';
import { createContext, type ReactNode, useContext, useEffect, useRef } from 'react';
import { ScrollView, StyleSheet, type Text, View } from 'react-native';
import { texts } from '../language/texts';
import { Button } from './button';
import { focusOn } from './focus';
import { Heading } from './text';
import { useTheme } from './theme';

interface ScreenProps {
  title: string;
  onBack?: () => void;
  children: ReactNode;
}

const FocusHeadingContext = createContext<() => void>(() => undefined);

/** Returns a function that focuses the heading of the screen, for when the focused button goes away. */
export const useFocusHeading = (): (() => void) => useContext(FocusHeadingContext);

/**
 * The heading and the content of a screen, as wide as can be read with ease. The heading scrolls, so that large text
 * leaves room for the content, and is focused when the screen is shown.
 */
export function Screen({ title, onBack, children }: ScreenProps) {
  const { background } = useTheme();
  const heading = useRef<Text>(null);
  const navigation = useContext(NavigationContext);
  const focusHeading = (): void => focusOn(heading);
  useEffect(() => {
    focusOn(heading);
    return navigation?.addListener('focus', () => focusOn(heading));
  }, [navigation]);

  return (
    <ScrollView style={{ backgroundColor: background }} keyboardShouldPersistTaps="handled">
      <View role="main" style={styles.screen}>
        <View style={styles.head}>
          {onBack && <Button label={texts.back} onPress={onBack} />}
          <Heading ref={heading}>{title}</Heading>
        </View>
        <FocusHeadingContext.Provider value={focusHeading}>{children}</FocusHeadingContext.Provider>
      </View>
    </ScrollView>
  );
}

const styles = StyleSheet.create({
  screen: { width: '100%', maxWidth: 640, alignSelf: 'center', padding: 16, gap: 16 },
  head: { flexDirection: 'row', flexWrap: 'wrap', alignItems: 'center', gap: 12 },
});
