import type { Ref } from 'react';
import { Pressable, StyleSheet, Text, type View } from 'react-native';
import { direction } from '../language/locale';
import { fontSize } from './font-size';
import { useTheme } from './theme';

interface ButtonProps {
  ref?: Ref<View>;
  label: string;
  onPress: () => void;
  kind?: 'primary' | 'plain' | 'danger';
  /** Ignores presses. A disabled button would lose the focus. */
  isBusy?: boolean;
  /** Whether what the button opens is shown. */
  isExpanded?: boolean;
}

export function Button({ ref, label, onPress, kind = 'plain', isBusy = false, isExpanded }: ButtonProps) {
  const theme = useTheme();
  const isFilled = kind === 'primary';
  const border = kind === 'danger' ? theme.danger : theme.accent;
  return (
    <Pressable
      ref={ref}
      role="button"
      aria-busy={isBusy}
      aria-expanded={isExpanded}
      onPress={() => !isBusy && onPress()}
      style={({ pressed }) => [
        styles.button,
        { borderColor: border, backgroundColor: isFilled ? theme.accent : 'transparent' },
        pressed && styles.dimmed,
      ]}
    >
      <Text style={[styles.label, { color: isFilled ? theme.onAccent : border }]}>{label}</Text>
    </Pressable>
  );
}

const styles = StyleSheet.create({
  button: { minHeight: 48, maxWidth: '100%', padding: 12, borderWidth: 1, borderRadius: 12, justifyContent: 'center' },
  dimmed: { opacity: 0.5 },
  label: { fontSize: fontSize(16), fontWeight: '600', textAlign: 'center', writingDirection: direction },
});
