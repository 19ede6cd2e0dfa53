import { StyleSheet, TextInput, type TextInputProps, View } from 'react-native';
import { fontSize } from './font-size';
import { Body } from './text';
import { useTheme } from './theme';

export function Field({ label, ...props }: TextInputProps & { label: string }) {
  const { text, fieldBorder, card } = useTheme();
  return (
    <View style={styles.field}>
      <Body>{label}</Body>
      <TextInput
        accessibilityLabel={label}
        style={[styles.input, { color: text, borderColor: fieldBorder, backgroundColor: card }]}
        {...props}
      />
    </View>
  );
}

const styles = StyleSheet.create({
  field: { gap: 4 },
  input: { minHeight: 48, paddingHorizontal: 12, borderWidth: 1, borderRadius: 12, fontSize: fontSize(16) },
});
